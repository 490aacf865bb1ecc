"""Writes a password file for the test index: usage htpasswd.py FILE, user and password as two lines on stdin."""
import sys

from passlib.apache import HtpasswdFile

user, password = sys.stdin.read().splitlines()
file = HtpasswdFile(sys.argv[1], new=True)
file.set_password(user, password)
file.save()
