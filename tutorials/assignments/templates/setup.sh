#!/usr/bin/env bash
# Runs once, when Gradescope builds the image.
set -e
apt-get update && apt-get install -y python3 python3-venv
python3 -c 'import sys; assert sys.version_info >= (3, 11), "choose an image of Ubuntu 24.04"'
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install -r /autograder/source/requirements.txt
