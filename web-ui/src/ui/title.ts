import { useEffect } from "react";

/** Names the page in the window's title, which is also what a screen reader announces after a change of page. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "LayerZoo" : `${title} · LayerZoo`;
  }, [title]);
}
