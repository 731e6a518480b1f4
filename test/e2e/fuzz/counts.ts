/** How many requests are made at the operations of each tag of the API, and how many replies each adapter is given. */
export const counts = { sample: 60, whole: 20_000 };

/** A request that takes longer counts as hanging. */
export const hangMs = 10_000;
