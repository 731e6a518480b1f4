/** The controls that several views use. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { handling } from "../state/draft.ts";
import { announce } from "./accessibility.tsx";

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ComponentChildren;
  disabled?: boolean;
}

export function Switch({ checked, onChange, children, disabled = false }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{children}</span>
    </label>
  );
}

interface SegmentedProps<Value extends string> {
  legend: string;
  /** The name of the radio buttons, unique in the page. */
  name: string;
  options: Record<Value, string>;
  value: Value;
  onChange: (value: Value) => void;
  isLegendShown?: boolean;
}

/** A choice between a few options, side by side. */
export function Segmented<Value extends string>({
  legend,
  name,
  options,
  value,
  onChange,
  isLegendShown = false,
}: SegmentedProps<Value>) {
  const values = Object.keys(options) as Value[];
  return (
    <fieldset class="segmented-choice">
      <legend class={isLegendShown ? "" : "visually-hidden"}>{legend}</legend>
      <div class="segmented">
        {values.map((each) => (
          <label key={each} class="segment">
            <input type="radio" name={name} checked={each === value} onChange={() => onChange(each)} />
            <span>{options[each]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Chooses whether the gateway refuses or drops unsupported fields, in every preview and create. */
export function HandlingSwitch({ name }: { name: string }) {
  return (
    <Segmented
      legend="Unsupported fields"
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

const copyResultMs = 1600;

interface CopyButtonProps {
  label: string;
  /** Describes the copied text to a screen reader. */
  description: string;
  text: () => string;
}

export function CopyButton({ label, description, text }: CopyButtonProps) {
  const [result, setResult] = useState<"Copied" | "Copying blocked" | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setResult(null), copyResultMs);
    return () => clearTimeout(timer);
  }, [result]);
  const onClick = async () => {
    // Without HTTPS, `navigator.clipboard` is undefined. Inside the promise, the error becomes a rejection.
    const isCopied = await Promise.resolve(text())
      .then((copied) => navigator.clipboard.writeText(copied))
      .then(
        () => true,
        () => false,
      );
    setResult(isCopied ? "Copied" : "Copying blocked");
    announce(isCopied ? `Copied: ${description}` : "The browser does not allow copying");
  };
  return (
    <button type="button" class="button button-quiet" aria-label={`Copy ${description}`} onClick={() => void onClick()}>
      {result ?? label}
    </button>
  );
}
