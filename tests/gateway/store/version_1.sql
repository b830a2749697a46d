-- A state file as schema version 1 wrote it (commit 7e73b29), dumped.
PRAGMA application_id = 1347898434;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (kind, key));
INSERT INTO "document" VALUES('secret','message_ids',X'76657273696F6E20312020202020202020202020202020202020202020202020');
INSERT INTO "document" VALUES('account','account',X'7B22617574685F6964223A224D4156455253494F4E4F4E4556455253494F4E31222C22617574685F746F6B656E223A22736563726574222C226E616D65223A226669727374227D');
CREATE TABLE message (
    id INTEGER PRIMARY KEY, direction TEXT NOT NULL, service TEXT NOT NULL, source TEXT NOT NULL,
    destination TEXT NOT NULL, country TEXT NOT NULL, powerpack_uuid TEXT, text TEXT NOT NULL, units INTEGER NOT NULL,
    callback_url TEXT, callback_method TEXT NOT NULL, log INTEGER NOT NULL, created_at REAL NOT NULL,
    requester_ip TEXT NOT NULL, expires_at REAL NOT NULL, intent TEXT NOT NULL, stage INTEGER NOT NULL,
    error_code TEXT, carrier TEXT, sent_at REAL, updated_at REAL NOT NULL, told INTEGER NOT NULL,
    reasons TEXT NOT NULL, carrier_ids TEXT NOT NULL, arrived INTEGER NOT NULL, attempts INTEGER NOT NULL,
    is_open INTEGER NOT NULL);
INSERT INTO "message" VALUES(1,'outbound','sms','12065550180','14155550101','US','p','one',1,NULL,'POST',1,100.0,'',0.0,'',4,'000','att',101.0,102.0,0,'["because"]','["a1"]',0,0,0);
INSERT INTO "message" VALUES(2,'outbound','sms','12065550180','14155550101','US','p','two',1,NULL,'POST',1,200.0,'',0.0,'',3,NULL,'att',201.0,202.0,0,'["because"]','["a2"]',0,0,1);
INSERT INTO "message" VALUES(3,'outbound','sms','12065550180','14155550101','US','p','café',1,NULL,'POST',1,300.0,'',0.0,'',6,'200','att',NULL,302.0,0,'["because"]','["a3"]',0,0,0);
CREATE TABLE sticky (powerpack_uuid TEXT NOT NULL, service TEXT NOT NULL, destination TEXT NOT NULL,
    number TEXT NOT NULL, PRIMARY KEY (powerpack_uuid, service, destination)) WITHOUT ROWID;
INSERT INTO "sticky" VALUES('p','sms','14155550101','12065550180');
COMMIT;
