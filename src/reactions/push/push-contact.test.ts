import { expect, it } from 'vitest';
import { pushContact } from './push-contact.ts';

it('is the sender of mails, or the installation itself', () => {
  expect(pushContact('Links, Inc <links@example.com>', 'https://go.test')).toBe('mailto:links@example.com');
  expect(pushContact('links@example.com', 'http://localhost')).toBe('mailto:links@example.com');
  expect(pushContact(undefined, 'https://go.test:8443')).toBe('https://go.test:8443');
  expect(pushContact(undefined, 'http://localhost:8080')).toBe('mailto:switchyard@localhost');
});
