export function OperationsView() { return <h1>OperationsView</h1>; }
