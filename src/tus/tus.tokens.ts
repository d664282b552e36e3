/** The token of the options of TusModule. */
export const TUS_OPTIONS: unique symbol = Symbol.for('nestjs-stowage:tus-options');
