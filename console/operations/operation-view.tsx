export function OperationView({ id }: { id: string }) { return <h1>{id}</h1>; }
