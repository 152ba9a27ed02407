import { Link, useLocation } from "react-router";
import { useTitle } from "../ui/title";

export function NotFoundPage() {
  const { pathname } = useLocation();
  useTitle("Not found");
  return (
    <div className="page not-found">
      <h1>There is no such page</h1>
      <p className="lead">
        <code className="break">{pathname}</code> is none of the dashboard’s addresses.
      </p>
      <p>
        <Link className="button primary" to="/">
          To the catalogue
        </Link>
      </p>
    </div>
  );
}
