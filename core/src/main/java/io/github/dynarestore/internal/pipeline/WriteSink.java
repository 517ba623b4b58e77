package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.json.KeyReader;

/** Where the writes of one thread of the apply go. */
interface WriteSink {

    /** An item to put, as DynamoDB JSON; one is good for many items, one after the other. */
    final class Item {
        private byte[] json = {};
        private int offset;
        private int length;
        private int sizeBytes;

        /**
         * Says where the item stands.
         *
         * @param itemSizeBytes DynamoDB's size of it
         */
        Item at(byte[] bytes, int from, int lengthBytes, int itemSizeBytes) {
            json = bytes;
            offset = from;
            length = lengthBytes;
            sizeBytes = itemSizeBytes;
            return this;
        }

        byte[] json() {
            return json;
        }

        int offset() {
            return offset;
        }

        int length() {
            return length;
        }

        int sizeBytes() {
            return sizeBytes;
        }
    }

    /** Takes a put; copies the item before it returns, and keeps nothing of what says where it stood. */
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
