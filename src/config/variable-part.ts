/** What stands for the storage `name` in the names of variables: `USER_FILES` for `user-files`. */
export function variablePart(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}
