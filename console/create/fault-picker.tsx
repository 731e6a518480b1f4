import { Prose } from "../parts/text.tsx";
import { account, setLeaf } from "../state/draft.ts";
import { openSession } from "../state/session.ts";
import { faultOf, faults, withFault } from "./faults.ts";

export function FaultPicker() {
  const { name = "" } = account.value ?? {};
  const shown = typeof name === "string" ? name : "";
  const chosen = faultOf(shown);
  const choose = (fault: string | null) =>
    setLeaf(
      "/name",
      withFault(shown, fault),
      openSession.value.fields.map(({ pointer }) => pointer),
    );
  return (
    <fieldset class="faults">
      <legend>Make the sandbox fail</legend>
      <div class="chips">
        {[null, ...faults.keys()].map((fault) => (
          <label key={fault ?? "none"} class="chip">
            <input type="radio" name="fault" checked={chosen === fault} onChange={() => choose(fault)} />
            <span>{fault ?? "no fault"}</span>
          </label>
        ))}
      </div>
      <p class="hint">
        {chosen === null ? (
          "Choose a fault. The console writes it at the beginning of the account’s name."
        ) : (
          <Prose text={faults.get(chosen) ?? "The sandbox has no such fault."} />
        )}
      </p>
    </fieldset>
  );
}
