"""Reads lit's JSON results and prints what failed, what was skipped and the closing line.

Ends with status 1 when a test failed or nothing ran.
"""
import collections
import json
import sys

FAILED = {"FAIL", "XPASS", "UNRESOLVED", "TIMEOUT"}


def main():
    with open(sys.argv[1]) as file:
        tests = json.load(file)["tests"]
    by_code = collections.defaultdict(list)
    for test in tests:
        by_code[test["code"]].append(test["name"].replace(" :: ", "/", 1))
    skipped = by_code["UNSUPPORTED"] + by_code["SKIPPED"] + by_code["EXCLUDED"]
    failed = [name for code in sorted(FAILED) for name in by_code[code]]
    passed = len(tests) - len(skipped) - len(failed)
    for name in sorted(skipped):
        print("skipped", name)
    for name in sorted(failed):
        print("failed", name)
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
