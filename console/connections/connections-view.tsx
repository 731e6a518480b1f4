export function ConnectionsView() { return <h1>ConnectionsView</h1>; }
