/** Resolves after so many milliseconds; by the one timer that every runtime has. */
export const wait = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs));
