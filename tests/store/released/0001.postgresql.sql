-- SPDX-License-Identifier: Apache-2.0
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.activation (
    sequence bigint NOT NULL,
    generation character varying(64),
    action character varying(20) NOT NULL,
    made_by character varying(200) NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.active (
    id integer NOT NULL,
    sequence bigint NOT NULL,
    generation character varying(64),
    pinned boolean NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_active_one_row CHECK ((id = 1))
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor character varying(200) NOT NULL,
    action character varying(100) NOT NULL,
    target text NOT NULL,
    outcome character varying(20) NOT NULL,
    detail json NOT NULL,
    request_id character varying(100)
);
CREATE SEQUENCE public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_id_seq OWNED BY public.audit.id;
CREATE TABLE public.content (
    digest character varying(64) NOT NULL,
    kind character varying(20) NOT NULL,
    name character varying(200) NOT NULL,
    version character varying(100) NOT NULL,
    size integer NOT NULL,
    packed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.driver_allowance (
    driver character varying(200) NOT NULL,
    digest character varying(64) NOT NULL,
    allowed_by character varying(200) NOT NULL,
    allowed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.generation (
    digest character varying(64) NOT NULL,
    engine character varying(100) NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.generation_part (
    generation character varying(64) NOT NULL,
    "position" integer NOT NULL,
    kind character varying(20) NOT NULL,
    name character varying(200) NOT NULL,
    version character varying(100) NOT NULL,
    digest character varying(64) NOT NULL,
    origin text NOT NULL,
    content character varying(64)
);
CREATE TABLE public.removed_pack (
    name character varying(200) NOT NULL,
    digest character varying(64) NOT NULL,
    removed_by character varying(200) NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.secret (
    name character varying(500) NOT NULL,
    sealed bytea NOT NULL,
    changed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.token (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    hash bytea NOT NULL,
    role character varying(20) NOT NULL,
    regions json,
    created_by character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_token_role CHECK (((role)::text = ANY ((ARRAY['viewer'::character varying, 'operator'::character varying, 'admin'::character varying])::text[])))
);
CREATE SEQUENCE public.token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.token_id_seq OWNED BY public.token.id;
ALTER TABLE ONLY public.audit ALTER COLUMN id SET DEFAULT nextval('public.audit_id_seq'::regclass);
ALTER TABLE ONLY public.token ALTER COLUMN id SET DEFAULT nextval('public.token_id_seq'::regclass);
INSERT INTO public.activation VALUES (1, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', 'activate', 'cli:test', 'first', '2026-11-21 19:07:14.548271+00');
INSERT INTO public.active VALUES (1, 1, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', false, '2026-11-21 19:07:14.547552+00');
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.audit VALUES (1, '2026-11-21 19:07:14.555537+00', 'cli:test', 'token.create', 'ci', 'done', '{"role": "viewer"}', NULL);
INSERT INTO public.content VALUES ('9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1', 'pack', 'acme.cards', '1.0.0', 10, '\x78014bcc53482c4acec82c4b0500142003d2', '2026-11-21 19:07:14.543759+00');
INSERT INTO public.driver_allowance VALUES ('acme.driver', 'b4def8217cadae26d4da633fd2a4e58e326cbb5d570afdc3989484da07af3579', 'cli:test', '2026-11-21 19:07:14.549516+00');
INSERT INTO public.generation VALUES ('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '0.1.0', '2026-11-21 19:07:14.544411+00');
INSERT INTO public.generation_part VALUES ('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', 0, 'pack', 'acme.cards', '1.0.0', '9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1', 'packs/acme', '9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1');
INSERT INTO public.generation_part VALUES ('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', 1, 'driver', 'acme.driver', '1.0.0', 'b4def8217cadae26d4da633fd2a4e58e326cbb5d570afdc3989484da07af3579', '', NULL);
INSERT INTO public.removed_pack VALUES ('acme.old', 'cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4', 'cli:test', '2026-11-21 19:07:14.550207+00');
INSERT INTO public.secret VALUES ('test/password', '\x6741414141414272416576696a716959545f6e43465f636e32706958334570516b4b743865346c644b5f444f497665313776306f67386c7575494e5a4d656775496730436d74366b334b355941755637737435316952507a5376625f73474b7436516154672d692d504d304d366c423765624b794d4e6f456232327953776c74753876426f434c454647514b', '2026-11-21 19:07:14.556592+00');
INSERT INTO public.token VALUES (1, 'ci', '\xff2219db197cc882d9bd774210c8588b84e8b4c6fd65472fe647a2586283140a', 'viewer', '["acme/RegionOne"]', 'cli:test', '2026-11-21 19:07:14.55132+00', NULL, '2026-11-21 19:07:14.553412+00', NULL);
INSERT INTO public.token VALUES (2, 'gone', '\x3e78eb43ad2df793033c414c41b00dbce6efacbdf64c879471a3fa9851f24e98', 'admin', NULL, 'cli:test', '2026-11-21 19:07:14.553812+00', NULL, NULL, '2026-11-21 19:07:14.554656+00');
SELECT pg_catalog.setval('public.audit_id_seq', 1, true);
SELECT pg_catalog.setval('public.token_id_seq', 2, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.activation
    ADD CONSTRAINT pk_activation PRIMARY KEY (sequence);
ALTER TABLE ONLY public.active
    ADD CONSTRAINT pk_active PRIMARY KEY (id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (id);
ALTER TABLE ONLY public.content
    ADD CONSTRAINT pk_content PRIMARY KEY (digest);
ALTER TABLE ONLY public.driver_allowance
    ADD CONSTRAINT pk_driver_allowance PRIMARY KEY (driver, digest);
ALTER TABLE ONLY public.generation
    ADD CONSTRAINT pk_generation PRIMARY KEY (digest);
ALTER TABLE ONLY public.generation_part
    ADD CONSTRAINT pk_generation_part PRIMARY KEY (generation, "position");
ALTER TABLE ONLY public.removed_pack
    ADD CONSTRAINT pk_removed_pack PRIMARY KEY (name, digest);
ALTER TABLE ONLY public.secret
    ADD CONSTRAINT pk_secret PRIMARY KEY (name);
ALTER TABLE ONLY public.token
    ADD CONSTRAINT pk_token PRIMARY KEY (id);
ALTER TABLE ONLY public.token
    ADD CONSTRAINT uq_token_hash UNIQUE (hash);
ALTER TABLE ONLY public.token
    ADD CONSTRAINT uq_token_name UNIQUE (name);
CREATE INDEX ix_activation_at ON public.activation USING btree (at);
CREATE INDEX ix_activation_generation ON public.activation USING btree (generation);
CREATE INDEX ix_audit_at ON public.audit USING btree (at);
CREATE INDEX ix_generation_part_content ON public.generation_part USING btree (content);
ALTER TABLE ONLY public.activation
    ADD CONSTRAINT fk_activation_generation FOREIGN KEY (generation) REFERENCES public.generation(digest);
ALTER TABLE ONLY public.active
    ADD CONSTRAINT fk_active_generation FOREIGN KEY (generation) REFERENCES public.generation(digest);
ALTER TABLE ONLY public.generation_part
    ADD CONSTRAINT fk_generation_part_content FOREIGN KEY (content) REFERENCES public.content(digest);
ALTER TABLE ONLY public.generation_part
    ADD CONSTRAINT fk_generation_part_generation FOREIGN KEY (generation) REFERENCES public.generation(digest) ON DELETE CASCADE;
