-- SPDX-License-Identifier: Apache-2.0
-- Martlet: one line for each collation of ICU: its version, how it sorts words of many languages, and how it changes their case.
CREATE TEMP TABLE word AS SELECT w FROM unnest(ARRAY[
    'a', 'A', 'ä', 'Ä', 'b', 'z', 'Z', 'ö', 'o', 'oe', 'ss', 'ß', 'ñ', 'n', 'ch', 'c', 'cz', 'č', 'll', 'lz', 'å', 'aa', 'æ', 'ø', 'i', 'I', 'ı', 'İ',
    'ij', 'ǆ', 'ﬁ', 'ﬀ', 'œ', 'ŋ', 'ð', 'þ', 'ẞ', 'σ', 'ς', 'Σ', 'ά', 'α', 'ά', 'й', 'и', 'Ё', 'е', 'ж', 'א', 'ب', 'ت', 'あ', 'ア', '漢', '字', '中', '国', '가',
    '나', 'ไ', 'ก', 'เก', 'ข', '10', '9', '-', '_', ' ', '1a', 'a-b', 'ab', 'a b', 'resume', 'résumé', 'Résumé', 'co-op', 'coop', '½', '²', 'Ⅳ',
    'e' || chr(769), chr(8205) || 'x']) AS w;
DO $$
DECLARE
    c record;
    found text;
BEGIN
    FOR c IN SELECT oid, collname, quote_ident(collname) AS name FROM pg_collation WHERE collprovider = 'i' ORDER BY collname LOOP
        EXECUTE format('SELECT md5(string_agg(w, E''\n'' ORDER BY w COLLATE %1$s, w COLLATE "C")) || md5(string_agg(upper(w COLLATE %1$s) || lower(w COLLATE %1$s)'
            ' || initcap((w || '' '' || w) COLLATE %1$s), E''\n'' ORDER BY w COLLATE "C")) FROM word', c.name) INTO found;
        RAISE NOTICE '% % %', c.collname, pg_collation_actual_version(c.oid), found;
    END LOOP;
END $$;
