"""Where the files that clients fetch are kept: in a folder, or in a bucket (S3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console.configuration.environment import Environment


def in_folder(folder: Path) -> dict[str, Any]:
    options = {
        "location": folder,
        "allow_overwrite": True,  # by what has the same bytes
        "file_permissions_mode": 0o640,
        "directory_permissions_mode": 0o750,
    }
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


def in_bucket(env: Environment) -> dict[str, Any] | None:
    """None when no bucket is named. What opens it is in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what else its
    library knows."""
    name = env.text("KOPPEL_S3_BUCKET")
    if not name:
        return None
    from boto3.s3.transfer import TransferConfig  # large, and of use here only

    endpoint = env.text("KOPPEL_S3_ENDPOINT") and env.address("KOPPEL_S3_ENDPOINT", "", {"http", "https"})
    options = {
        "bucket_name": name,
        "endpoint_url": endpoint or None,
        "region_name": env.text("KOPPEL_S3_REGION") or None,
        "file_overwrite": True,  # by what has the same bytes
        "default_acl": None,
        "transfer_config": TransferConfig(use_threads=False),  # each would hold a part in memory
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
