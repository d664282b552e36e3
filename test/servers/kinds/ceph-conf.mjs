/** The only file of settings that the cluster's processes and tools read. Each line with a comment was needed. */
export function configuration({ machine: { directory, port, tls }, fsid, monitor, kmsKeyId }) {
  const listen = tls
    ? `ssl_endpoint=127.0.0.1:${port} ssl_certificate=${tls.certificate} ssl_private_key=${tls.key}`
    : `endpoint=127.0.0.1:${port}`;
  return `[global]
fsid = ${fsid}
mon host = ${monitor}
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
# radosgw wants encrypted sessions with the monitor, which there are not without authentication: it would wait 300 s.
ms mon client mode = crc
run dir = ${directory}/run
pid file =
admin socket =
log file = ${directory}/log/$name.log
log to stderr = false
err to stderr = true
mon cluster log file = ${directory}/log/cluster.log
crash dir = ${directory}/run
keyring = ${directory}/keyring
# One node, one copy, few placement groups.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
# Pools are made in 1 s instead of 12 s.
paxos propose interval = 0.05
paxos min wait = 0.01
mon max pg per osd = 1000
mon allow pool delete = true
mon data avail warn = 1
mon data avail crit = 1
auth allow insecure global id reclaim = false

[mon.a]
mon data = ${directory}/mon.a
admin socket = ${directory}/run/mon.asok

[osd]
admin socket = ${directory}/run/osd.asok
osd data = ${directory}/osd.$id
osd journal =
osd objectstore = memstore
memstore device bytes = 8589934592
osd memory target = 1073741824
osd class load list = *
osd class default list = *

[client.rgw]
admin socket = ${directory}/run/rgw.asok
log file = ${directory}/log/rgw.log
rgw data = ${directory}/rgw
# Without tcp_nodelay each GET waits 40 ms for a delayed acknowledgement.
rgw frontends = beast ${listen} tcp_nodelay=1
rgw dns name = localhost
rgw enable usage log = false
rgw thread pool size = 64
# SSE-C and SSE-KMS over http; the KMS of tests keeps its keys here (32 times "a", in base64).
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = ${kmsKeyId}=YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=
# Seconds that a day of a lifecycle rule lasts.
rgw lc debug interval = 2
rgw lifecycle work time = 00:00-23:59
rgw gc obj min wait = 60
rgw gc processor period = 60
rgw enable apis = s3, admin, sts, iam, notifications
# With STS on, a bad signature and an unknown key are both AccessDenied.
rgw sts key = abcdefghijklmnop
rgw s3 auth use sts = false
`;
}
