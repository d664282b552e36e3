/** Whether `url` is a URL that paths can be put behind: of HTTP, without a query or a fragment. */
export function isBaseUrl(url: unknown): url is string {
  return typeof url === 'string' && /^https?:\/\/[^?#\s]+$/i.test(url) && URL.canParse(url);
}
