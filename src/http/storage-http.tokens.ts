/** The token of what an import of StorageHttpModule serves and for whom. Each import has its own. */
export const HTTP_OPTIONS: unique symbol = Symbol.for('nestjs-stowage:http-options');

/** The token of the routes of an import of StorageHttpModule. Each import has its own. */
export const HTTP_ROUTES: unique symbol = Symbol.for('nestjs-stowage:http-routes');
