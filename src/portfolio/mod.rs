//! The bytes of a portfolio PDF: compose, render, sign, check. Pure.
