"""Judges with the vendors' own libraries: judge.py WHAT, a JSON object on standard input, a JSON answer on output.

`key`        nothing in; a new RSA key out: {"private": PEM, "public": PEM}
`signature`  AWS Signature Version 4 of recorded requests, recomputed by botocore; a list of faults out
`assertion`  the JWT bearer assertions that a token endpoint got, decoded by google-auth; a list of faults out
"""

import base64
import datetime
import json
import re
import sys
import urllib.parse

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<signed>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


def key(_):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return {
        "private": private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain).decode(),
        "public": private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
    }


def signature(given):
    return [fault for request in given["requests"] for fault in signature_faults(given, request)]


def signature_faults(given, request):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    headers = {name.lower(): value for name, value in request["headers"]}
    found = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if not found:
        return ["authorization: no AWS4-HMAC-SHA256 signature"]
    faults = [
        f"authorization: {part} is {found[part]!r}, not {expected!r}"
        for part, expected in [("id", given["id"]), ("region", given["region"]), ("service", given["service"])]
        if found[part] != expected
    ]
    signed = found["signed"].split(";")
    must = ["host"] + [name for name in headers if name.startswith("x-amz-")]
    faults += [f"authorization: header {name} must be signed" for name in must if name not in signed]
    if headers.get("x-amz-security-token") != given["token"]:
        faults.append("x-amz-security-token: not the session's")
    faults += time_faults(headers.get("x-amz-date", ""), found["date"])
    missing = [name for name in signed if name not in headers]
    if missing or faults:
        return faults + [f"authorization: header {name} is signed but not there" for name in missing]
    # The token is among the recorded headers already; given to the signer as well, it would be added once more.
    signer = SigV4Auth(Credentials(given["id"], given["secret"]), given["service"], given["region"])
    url = f"http://{headers['host']}{request['target']}"
    body = base64.b64decode(request["body"])
    ours = AWSRequest(request["method"], url, data=body, headers={name: headers[name] for name in signed})
    ours.context["timestamp"] = headers["x-amz-date"]
    canonical = signer.canonical_request(ours)
    computed = signer.signature(signer.string_to_sign(ours, canonical), ours)
    if computed != found["signature"]:
        return [f"authorization: the signature does not match; botocore signs {canonical!r}"]
    return []


def time_faults(stamp, date):
    try:
        when = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return [f"x-amz-date: {stamp!r} is no time"]
    away = abs((datetime.datetime.now(datetime.timezone.utc) - when).total_seconds())
    faults = [] if away < 900 else [f"x-amz-date: {stamp} is {away:.0f} s away"]
    return faults if stamp.startswith(date) else faults + ["x-amz-date: another day than the credential's"]


def assertion(given):
    return [fault for body in given["bodies"] for fault in assertion_faults(given, body)]


def assertion_faults(given, body):
    from google.auth import jwt

    fields = dict(urllib.parse.parse_qsl(body))
    if fields.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
        return [f"grant_type: {fields.get('grant_type')!r}"]
    try:
        claims = jwt.decode(fields.get("assertion", ""), certs=given["public"], audience=given["audience"])
    except ValueError as refused:
        return [f"assertion: {refused}"]
    header = jwt.decode_header(fields["assertion"])
    faults = []
    if header.get("kid") != given["kid"] or header.get("alg") != "RS256":
        faults.append(f"assertion: header {header}")
    if claims.get("iss") != given["email"]:
        faults.append(f"assertion: iss is {claims.get('iss')!r}")
    if "https://www.googleapis.com/auth/cloud-platform" not in claims.get("scope", "").split():
        faults.append(f"assertion: scope is {claims.get('scope')!r}")
    if not 0 < claims["exp"] - claims["iat"] <= 3600:
        faults.append("assertion: longer than an hour")
    return faults


print(json.dumps({"key": key, "signature": signature, "assertion": assertion}[sys.argv[1]](json.load(sys.stdin))))
