"""The secret from which the grader draws its questions, and what this term's hand-out is."""

import json
import secrets
from pathlib import Path


def make_key(path, variant, without):
    """The key in the file, with this variant; a new secret only where there is none yet."""
    key = {"secret": secrets.token_hex(16)}
    if path.exists():
        key = read_key(path)
    key |= {"variant": variant, "without": list(without)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(key, indent=1) + "\n", "utf-8")
    return key


def read_key(path):
    try:
        key = json.loads(Path(path).read_text("utf-8"))
        return {"secret": str(key["secret"]), "variant": str(key["variant"]),
                "without": [str(task) for task in key["without"]]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"--key: got {path}, expected a key that build wrote ({error})"
                         ) from error
