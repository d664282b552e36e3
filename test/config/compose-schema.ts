const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', items: text, minItems: 1 } as const;
const duration = { type: 'string', pattern: '^(\\d+(us|ms|s|m|h))+$' } as const;

const closed = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const service = closed(
  {
    build: closed({ dockerfile_inline: text }, ['dockerfile_inline']),
    command: texts,
    depends_on: {
      type: 'object',
      additionalProperties: closed(
        { condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] } },
        ['condition'],
      ),
    },
    entrypoint: texts,
    // A number or a boolean would be YAML's reading of what is meant as text.
    environment: {
      type: 'object',
      propertyNames: { pattern: '^[A-Z][A-Z0-9_]*$' },
      additionalProperties: { type: 'string' },
    },
    healthcheck: closed(
      {
        test: { ...texts, items: [{ enum: ['CMD', 'CMD-SHELL'] }], additionalItems: text },
        interval: duration,
        timeout: duration,
        start_period: duration,
        retries: { type: 'integer', minimum: 1 },
      },
      ['test'],
    ),
    image: text,
    init: { type: 'boolean' },
    ports: { ...texts, uniqueItems: true },
    profiles: texts,
    // `no` without quotes is a boolean in YAML 1.1.
    restart: { type: 'string', enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
    volumes: { ...texts, uniqueItems: true },
    working_dir: text,
  },
  ['image'],
);

const names = { pattern: '^[a-zA-Z0-9._-]+$' };

/**
 * The part of the Compose Specification that docker-compose.yml makes use of, as a JSON schema: its own schema is
 * larger, and takes less for a mistake. A key that is not in here needs a line first.
 * https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
export const composeSchema = closed(
  {
    services: { type: 'object', propertyNames: names, additionalProperties: service },
    volumes: { type: 'object', propertyNames: names, additionalProperties: { type: 'null' } },
  },
  ['services'],
);
