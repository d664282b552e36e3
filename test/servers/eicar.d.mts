/** The file that every scanner of viruses reports and that does no harm. */
export const EICAR: string;

/** What the clamd of the tests calls it. */
export const EICAR_NAME: string;
