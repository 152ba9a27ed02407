import { NavLink } from "react-router";

/** The pages of those who keep the registry. */
export function RegistryTabs() {
  return (
    <nav className="tabs" aria-label="Keeping the registry">
      <NavLink to="/registry" end>
        Keys and tokens
      </NavLink>
      <NavLink to="/registry/webhooks">Webhooks</NavLink>
      <NavLink to="/registry/audit">Audit log</NavLink>
    </nav>
  );
}
