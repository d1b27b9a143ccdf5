//! Forged documents, made from good ones.
