/** The file that every scanner of viruses reports and that does no harm. */
export const EICAR: string;
