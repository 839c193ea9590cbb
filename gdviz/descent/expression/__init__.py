"""Formulas as trees: reading, evaluating with exact derivatives, differentiating on paper, writing.

text ──parse──▶ tree ──jet──▶ tape ──▶ value, gradient, hessian
                  ├──derivative──▶ tree
                  └──writing──▶ text, mathtext
"""
