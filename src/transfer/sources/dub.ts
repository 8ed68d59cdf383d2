import {
  filledOrNone,
  instantOf,
  isYes,
  listOf,
  objectOf,
  PASSWORD_LOST,
  RowNotes,
  stringOf,
} from '../field-reading.ts';
import { readingOf } from '../linked-row.ts';
import type { Reading, Source } from '../source.ts';

/** The CSV that Dub's dashboard exports, and answers of its API: `GET /links`, pages one after another. */
export const dub: Source = {
  name: 'Dub',
  table: {
    columns: {
      shortLink: ['Short link', 'shortLink', 'link'],
      domain: ['domain'],
      key: ['key', 'slug'],
      url: ['Destination URL', 'url'],
      title: ['title'],
      description: ['description'],
      image: ['image'],
      proxy: ['proxy'],
      comments: ['comments'],
      tags: ['tags'],
      clicks: ['clicks'],
      createdAt: ['Created at', 'createdAt'],
      expiresAt: ['Expires at', 'expiresAt', 'Expiration date'],
      expiredUrl: ['expiredUrl', 'Expired URL'],
      password: ['password'],
      archived: ['archived'],
      externalId: ['externalId'],
      ios: ['ios', 'iOS URL', 'iOS destination'],
      android: ['android', 'Android URL', 'Android destination'],
      geo: ['geo', 'Geo targeting'],
      disabledAt: ['disabledAt', 'Disabled at'],
      utm_source: ['utm_source'],
      utm_medium: ['utm_medium'],
      utm_campaign: ['utm_campaign'],
      utm_term: ['utm_term'],
      utm_content: ['utm_content'],
    },
    nothing: 'NULL',
    needed: [['shortLink', 'key'], ['url']],
    read: (row) => read((name) => row.get(name), row.get('tags').split(/[,|]/)),
  },
  json: {
    items: [['links', '*']],
    read(item) {
      return read(
        (name) => item[name],
        listOf(item.tags).map((tag) => (typeof tag === 'string' ? tag : objectOf(tag).name)),
      );
    },
  },
};

function read(value: (name: string) => unknown, tags: readonly unknown[]): Reading {
  const notes = new RowNotes();
  if (value('key') === '_root') return { problem: 'stands for a domain itself, which has no link here' };
  const endsAt = instantOf(value('expiresAt'));
  if (endsAt === undefined && stringOf(value('expiresAt')) !== '')
    return { problem: 'its end cannot be read', destination: stringOf(value('url')) };
  for (const name of ['ios', 'android', 'geo', 'webhookIds', 'testVariants']) {
    const left = value(name);
    if (left == null || left === '' || (typeof left === 'object' && Object.keys(left).length === 0)) continue;
    notes.note(`"${name}" was left out`);
  }
  const password = stringOf(value('password'));
  const isLost = isYes(value('password')) || /^\*+$/.test(password) || /^set$/i.test(password);
  if (isLost) notes.note(PASSWORD_LOST.note);
  // What has been disabled there opens for nobody.
  const isDisabled = stringOf(value('disabledAt')) !== '';
  if (isDisabled) notes.note('is paused, because it is disabled there');
  return readingOf(
    {
      short: stringOf(value('shortLink')) || stringOf(value('key')),
      domain: stringOf(value('domain')),
      destination: stringOf(value('url')),
      ...previewOf(value, notes),
      tags: notes.tags([...tags, ...(isYes(value('archived')) ? ['archived'] : [])]),
      externalId: stringOf(value('externalId')).replace(/^ext_/, ''),
      settings: filledOrNone({
        endsAt,
        expiredUrl: notes.url('where it leads after its end', value('expiredUrl')),
        paused: isLost || isDisabled || undefined,
        ...(isLost || /^(false|null)$/i.test(password) ? {} : notes.password(password)),
      }),
      campaign: filledOrNone({
        source: notes.text('utm_source', value('utm_source'), 255),
        medium: notes.text('utm_medium', value('utm_medium'), 255),
        campaign: notes.text('utm_campaign', value('utm_campaign'), 255),
        term: notes.text('utm_term', value('utm_term'), 255),
        content: notes.text('utm_content', value('utm_content'), 255),
      }),
      createdAt: notes.instant('the time of creation', value('createdAt')),
      clicks: notes.count('the number of clicks', value('clicks')),
    },
    notes,
  );
}

/**
 * Previews were its own only where Dub answered for the destination (`proxy`); else visitors saw the destination's, and
 * the texts only whoever looked after the link.
 */
function previewOf(value: (name: string) => unknown, notes: RowNotes) {
  const comments = stringOf(value('comments'));
  if (isYes(value('proxy')))
    return {
      title: notes.text('the title', value('title'), 255),
      description: notes.text('the description', value('description'), 1_000),
      imageUrl: notes.url('the picture', value('image')),
      memo: notes.text('the comment', comments, 2_000),
    };
  const texts = [comments, stringOf(value('title')), stringOf(value('description'))];
  return { memo: notes.text('the comment', texts.filter((text) => text !== '').join('\n'), 2_000) };
}
