package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.json.KeyReader;

/** Where the writes of one thread of the apply go. */
interface WriteSink {

    /**
     * An item to put, as DynamoDB JSON.
     *
     * @param sizeBytes DynamoDB's size of it
     */
    record Item(byte[] json, int offset, int length, int sizeBytes) {}

    /** Takes a put; copies the item before it returns. */
    void put(Item item, KeyReader key, long token) throws InterruptedException;

    /** Takes a delete. */
    void delete(byte[] keyJson, KeyReader key, long token) throws InterruptedException;

    /** Takes note that a mapper left a record out. */
    void left(long token);

    /** Waits, because nothing can be read but what DynamoDB would put off; at most so many nanoseconds. */
    default void held(long nanos) throws InterruptedException {}

    /** Hands on what has gathered. */
    void flush() throws InterruptedException;
}
