/** A choice of few, side by side. */
interface SegmentedProps<Value extends string> {
  legend: string;
  name: string;
  options: Record<Value, string>;
  value: Value;
  onChange: (value: Value) => void;
}

export function Segmented<Value extends string>({ legend, name, options, value, onChange }: SegmentedProps<Value>) {
  const values = Object.keys(options) as Value[];
  return (
    <fieldset class="segmented">
      <legend class="unseen">{legend}</legend>
      {values.map((each) => (
        <label key={each} class="segment">
          <input type="radio" name={name} checked={each === value} onChange={() => onChange(each)} />
          <span>{options[each]}</span>
        </label>
      ))}
    </fieldset>
  );
}
