import { escapeXml, unescapeXml } from './tiny-s3-xml.js';

/** How many tags `tagging` has, which is a header x-amz-tagging. */
export const countTags = (tagging: string | undefined): number => new URLSearchParams(tagging ?? '').size;

/** What GetObjectTagging answers. */
export function taggingXml(tagging: string | undefined): string {
  const tags = [...new URLSearchParams(tagging ?? '')].map(
    ([name, value]) => `<Tag><Key>${escapeXml(name)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
  );
  return `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${tags.join('')}</TagSet></Tagging>`;
}

/** The tags that a PutObjectTagging names, as x-amz-tagging has them. */
export function tagsOfXml(text: string): string {
  const found = text.matchAll(/<Key>([^<]*)<\/Key><Value>([^<]*)<\/Value>/g);
  const tags = new URLSearchParams();
  for (const [, name = '', value = ''] of found) tags.append(unescapeXml(name), unescapeXml(value));
  return tags.toString();
}
