"""The examples are tests too: the same format, found in this folder."""
import os

lit_config.load_config(config, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                            "..", "test", "lit.cfg.py"))
config.name = "examples"
config.test_exec_root = os.path.join(os.path.dirname(config.test_exec_root), "examples")
config.test_source_root = os.path.join(os.path.dirname(config.test_source_root), "examples")
