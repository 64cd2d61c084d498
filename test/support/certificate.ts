/**
 * A self-signed certificate of localhost and 127.0.0.1, until 2126, and its key: for servers of tests and nothing else. Made with
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost -addext
 * subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUJs3URqkPx2FW8u/j77eWhhEJ2a8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTIyNTYwM1oYDzIxMjYxMTAx
MjI1NjAzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATBNotVLpDtY8M9e0SJ1z0dgyI1/yoO8xp3jsvmWJiMcTp1LkqiwHjs
rlQCMJzlJlJIUI5G9BmLoUMnXWesPg+1o28wbTAdBgNVHQ4EFgQUBSQ9bVLdas1X
mScfZxB30dDrB2MwHwYDVR0jBBgwFoAUBSQ9bVLdas1XmScfZxB30dDrB2MwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgSDEV7svIv4Z3JP/qe3tQnLE4iErIBWs1ae8qmuH7ZmcCIQC7
faamoYPuyyqXDCAhFjEk8Y0ARbN7lCTSHiKY7AxS0A==
-----END CERTIFICATE-----
`;

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOAVzGo0rjMXufTsA
XzQGO5KoaMPdV/rDmCX7Wq266T6hRANCAATBNotVLpDtY8M9e0SJ1z0dgyI1/yoO
8xp3jsvmWJiMcTp1LkqiwHjsrlQCMJzlJlJIUI5G9BmLoUMnXWesPg+1
-----END PRIVATE KEY-----
`;
