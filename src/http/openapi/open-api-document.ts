/** An operation of an OpenAPI document (3.0), as far as this module makes one: https://spec.openapis.org/oas/v3.0.3#operation-object */
export interface OpenApiOperation {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly OpenApiParameter[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
  readonly security?: readonly OpenApiSecurity[];
}

/** https://spec.openapis.org/oas/v3.0.3#parameter-object */
export interface OpenApiParameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly schema: object;
}

/** Names of security schemes and their scopes: https://spec.openapis.org/oas/v3.0.3#security-requirement-object */
export type OpenApiSecurity = Readonly<Record<string, string[]>>;

/** A document, as far as `withStorageOpenApi` adds to it: one of `@nestjs/swagger` is one. */
export interface OpenApiDocument {
  readonly paths: object;
  readonly components?: { readonly schemas?: object } | undefined;
}

/** What an import of StorageHttpModule adds to a document. */
export interface OpenApiRoutes {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly schemas: Readonly<Record<string, object>>;
}
