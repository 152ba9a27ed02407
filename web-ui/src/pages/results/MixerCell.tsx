import { Link } from "react-router";
import { Swatch } from "../../plot/Legend";
import type { Mixer } from "../../results/studies";

/** The first cell of a mixer's row: its marker in the plot above and the way to its plugin. */
export function MixerCell({ mixer }: { mixer: Mixer }) {
  return (
    <th scope="row">
      <Swatch style={mixer.style} /> <Link to={`/plugins/${encodeURIComponent(mixer.id)}`}>{mixer.name}</Link>
    </th>
  );
}
