/** A choice of few, side by side. */
interface SegmentedProps<Value extends string> {
  legend: string;
  name: string;
  options: Record<Value, string>;
  value: Value;
  onChange: (value: Value) => void;
  /** Where the options alone do not say what is chosen. */
  isLegendShown?: boolean;
}

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
    <fieldset class="choice-of-few">
      <legend class={isLegendShown ? "" : "unseen"}>{legend}</legend>
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
