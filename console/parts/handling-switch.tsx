import { handling } from "../state/draft.ts";
import { Segmented } from "./segmented.tsx";

interface HandlingSwitchProps {
  legend: string;
  /** Of the group of radio buttons, its own within the page. */
  name: string;
}

/** Whether what a connection cannot carry is refused or dropped, in all that is shown and sent. */
export function HandlingSwitch({ legend, name }: HandlingSwitchProps) {
  return (
    <Segmented
      legend={legend}
      isLegendShown
      name={name}
      options={{ strict: "Strict", lenient: "Lenient" }}
      value={handling.value}
      onChange={(value) => {
        handling.value = value;
      }}
    />
  );
}
