package io.github.dynarestore.json;

/** Bytes that are not an item, or not a key, as DynamoDB takes it. */
public final class InvalidItemException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final int position;

    /**
     * Creates one; without a stack trace, because a damaged backup makes millions.
     *
     * @param reason stable code of lower-case words, such as {@code item.duplicate-name}
     * @param position index of the offending byte in the array that was looked at
     * @param detail one sentence; never a value
     */
    public InvalidItemException(String reason, int position, String detail) {
        super(detail, null, false, false);
        this.reason = reason;
        this.position = position;
    }

    /** Stable code of what is wrong. */
    public String reason() {
        return reason;
    }

    /** Index of the offending byte in the array that was looked at. */
    public int position() {
        return position;
    }

    /** What was expected and what stands there. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
