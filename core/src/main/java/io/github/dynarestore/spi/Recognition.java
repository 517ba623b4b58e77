package io.github.dynarestore.spi;

/** How sure a format is that an object is its own. */
public enum Recognition {
    /** It is not. */
    NO,
    /** It may be: nothing speaks against it, but others may fit as well. */
    POSSIBLE,
    /** It is: something stands there that no other format writes. */
    CERTAIN
}
