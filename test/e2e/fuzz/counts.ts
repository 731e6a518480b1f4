/** The numbers of random requests for each tag of the API, and of random replies for each vendor. */
export const counts = { sample: 60, whole: 10_000 };

/** A request that takes longer counts as hanging. */
export const hangMs = 10_000;
