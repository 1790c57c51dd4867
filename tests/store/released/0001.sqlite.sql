-- SPDX-License-Identifier: Apache-2.0
BEGIN TRANSACTION;
CREATE TABLE activation (
	sequence BIGINT NOT NULL, 
	generation VARCHAR(64), 
	action VARCHAR(20) NOT NULL, 
	made_by VARCHAR(200) NOT NULL, 
	reason TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_activation PRIMARY KEY (sequence), 
	CONSTRAINT fk_activation_generation FOREIGN KEY(generation) REFERENCES generation (digest)
);
INSERT INTO "activation" VALUES(1,'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e','activate','cli:test','first','2026-11-21 19:07:14.488000');
CREATE TABLE active (
	id INTEGER NOT NULL, 
	sequence BIGINT NOT NULL, 
	generation VARCHAR(64), 
	pinned BOOLEAN NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_active PRIMARY KEY (id), 
	CONSTRAINT fk_active_generation FOREIGN KEY(generation) REFERENCES generation (digest), 
	CONSTRAINT ck_active_one_row CHECK (id = 1)
);
INSERT INTO "active" VALUES(1,1,'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e',0,'2026-11-21 19:07:14.488000');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	actor VARCHAR(200) NOT NULL, 
	action VARCHAR(100) NOT NULL, 
	target TEXT NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	detail JSON NOT NULL, 
	request_id VARCHAR(100)
);
INSERT INTO "audit" VALUES(1,'2026-11-21 19:07:14.494000','cli:test','token.create','ci','done','{"role": "viewer"}',NULL);
CREATE TABLE content (
	digest VARCHAR(64) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	version VARCHAR(100) NOT NULL, 
	size INTEGER NOT NULL, 
	packed BLOB NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_content PRIMARY KEY (digest)
);
INSERT INTO "content" VALUES('9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1','pack','acme.cards','1.0.0',10,X'78014BCC53482C4ACEC82C4B0500142003D2','2026-11-21 19:07:14.479000');
CREATE TABLE driver_allowance (
	driver VARCHAR(200) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	allowed_by VARCHAR(200) NOT NULL, 
	allowed_at DATETIME NOT NULL, 
	CONSTRAINT pk_driver_allowance PRIMARY KEY (driver, digest)
);
INSERT INTO "driver_allowance" VALUES('acme.driver','b4def8217cadae26d4da633fd2a4e58e326cbb5d570afdc3989484da07af3579','cli:test','2026-11-21 19:07:14.489000');
CREATE TABLE generation (
	digest VARCHAR(64) NOT NULL, 
	engine VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_generation PRIMARY KEY (digest)
);
INSERT INTO "generation" VALUES('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e','0.1.0','2026-11-21 19:07:14.485000');
CREATE TABLE generation_part (
	generation VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	version VARCHAR(100) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	origin TEXT NOT NULL, 
	content VARCHAR(64), 
	CONSTRAINT pk_generation_part PRIMARY KEY (generation, position), 
	CONSTRAINT fk_generation_part_generation FOREIGN KEY(generation) REFERENCES generation (digest) ON DELETE CASCADE, 
	CONSTRAINT fk_generation_part_content FOREIGN KEY(content) REFERENCES content (digest)
);
INSERT INTO "generation_part" VALUES('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e',0,'pack','acme.cards','1.0.0','9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1','packs/acme','9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1');
INSERT INTO "generation_part" VALUES('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e',1,'driver','acme.driver','1.0.0','b4def8217cadae26d4da633fd2a4e58e326cbb5d570afdc3989484da07af3579','',NULL);
CREATE TABLE removed_pack (
	name VARCHAR(200) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	removed_by VARCHAR(200) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_removed_pack PRIMARY KEY (name, digest)
);
INSERT INTO "removed_pack" VALUES('acme.old','cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4','cli:test','2026-11-21 19:07:14.490000');
CREATE TABLE secret (
	name VARCHAR(500) NOT NULL, 
	sealed BLOB NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_secret PRIMARY KEY (name)
);
INSERT INTO "secret" VALUES('test/password',X'6741414141414272416576697A5551356A6E5F7963324A4C4D746B35785F345A395968537734334951334F6A396E525F41697430694F613758794737307078544F48486E6F78437A424450567A554575344C51394330556D6678524A707A73534F38414E31365976316A4457482D4B523866786A4463566A415F664E504A326D5F306C65444A624E47365363','2026-11-21 19:07:14.496000');
CREATE TABLE token (
	id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	hash BLOB NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	regions JSON, 
	created_by VARCHAR(200) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	last_used_at DATETIME, 
	revoked_at DATETIME, 
	CONSTRAINT pk_token PRIMARY KEY (id), 
	CONSTRAINT uq_token_name UNIQUE (name), 
	CONSTRAINT uq_token_hash UNIQUE (hash), 
	CONSTRAINT ck_token_role CHECK (role IN ('viewer', 'operator', 'admin'))
);
INSERT INTO "token" VALUES(1,'ci',X'ADB268C5D41F0383B9B9AEA2DF95E07691260F7EE0570C6FFD67635631D7730B','viewer','["acme/RegionOne"]','cli:test','2026-11-21 19:07:14.491000',NULL,'2026-11-21 19:07:14.492000',NULL);
INSERT INTO "token" VALUES(2,'gone',X'21903E66D99F6916B7A9B93326B5FE2F7F09B598C93E4F11A03C7C4F86B37CC1','admin',NULL,'cli:test','2026-11-21 19:07:14.493000',NULL,NULL,'2026-11-21 19:07:14.493000');
CREATE INDEX ix_generation_part_content ON generation_part (content);
CREATE INDEX ix_activation_generation ON activation (generation);
CREATE INDEX ix_activation_at ON activation (at);
CREATE INDEX ix_audit_at ON audit (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('audit',1);
COMMIT;
