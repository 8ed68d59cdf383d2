import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { requireText } from './text-file.ts';

const zip = (name: string) => Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(26), Buffer.from(name)]);
const WORKBOOK = /Save it as "CSV UTF-8" and import that\.$/;
const SQL = /is SQL\. Export the table as CSV, with the names of its columns/;
const PAGE = /is a web page, perhaps a login page/;

test.each<[string, Buffer | string, RegExp]>([
  ['a workbook of Excel', zip('[Content_Types].xml'), WORKBOOK],
  ['one whose list of contents is not its first', zip('_rels/.rels'), WORKBOOK],
  ['a workbook of LibreOffice', zip('mimetypeapplication/vnd.oasis.opendocument.spreadsheet'), WORKBOOK],
  ['a workbook of an old Excel', Buffer.from('d0cf11e0a1b11ae1', 'hex'), WORKBOOK],
  ['an archive', zip('links.csv'), /is an archive\. Unpack it/],
  ['a dump of phpMyAdmin', '-- phpMyAdmin SQL Dump\n-- version 5\n', SQL],
  ['one of MySQL', '/*M!999999\\- enable the sandbox mode */ \n', SQL],
  ['one of PostgreSQL', '--\n-- PostgreSQL database dump\n', SQL],
  ['one of SQLite', 'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n', SQL],
  ['a statement', "\ufeff\n INSERT INTO `yourls_url` VALUES ('a','https://a.test/');\n", SQL],
  ['a statement in small letters', 'create table yourls_url (keyword text);\n', SQL],
  ['settings', 'SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";\n', SQL],
  ['a web page', '\n<!DOCTYPE html>\n<html lang="en">', PAGE],
  ['a web page without its type', '<html><body>Log in</body></html>', PAGE],
])('%s says what to do', (_, content, message) => {
  expect(() => requireText(Buffer.from(content as string))).toThrow(message);
});

test.each([
  'url,slug\nhttps://a.test/,insert into\n',
  '--,url\n1,https://a.test/\n',
  'set,begin,create,url\n',
  '[{"url":"https://a.test/"}]',
  'begin;end;url\n1;2;https://a.test/\n',
  '<url>,slug\n',
])('%j is a text like any other', (content) => {
  expect(() => requireText(Buffer.from(content))).not.toThrow();
});

test('this file, too', () => {
  expect(() => requireText(readFileSync(import.meta.filename))).not.toThrow();
});
