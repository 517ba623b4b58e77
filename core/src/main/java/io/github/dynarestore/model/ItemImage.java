package io.github.dynarestore.model;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A whole item as it was: a slice of DynamoDB JSON, {@code {"name":{"S":"text"}}} in UTF-8, decoded only when asked.
 *
 * <p>The bytes are neither copied nor checked here; who wraps a buffer that is used again must not keep the image.
 */
public final class ItemImage {

    private final byte[] bytes;
    private final int offset;
    private final int length;

    private ItemImage(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    /** Returns the item that a slice of DynamoDB JSON spells. */
    public static ItemImage wrap(byte[] json, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, json.length);
        return new ItemImage(json, offset, length);
    }

    /** Returns the item with these attributes. */
    public static ItemImage of(Map<String, AttributeValue> attributes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try {
            AttributeValueJson.write(attributes, out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        byte[] json = out.toByteArray();
        return new ItemImage(json, 0, json.length);
    }

    /**
     * Decodes the attributes.
     *
     * @throws UncheckedIOException if the slice is not an item in DynamoDB JSON
     */
    public Map<String, AttributeValue> attributes() {
        try {
            return AttributeValueJson.read(bytes, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException("not an item in DynamoDB JSON", e);
        }
    }

    /** Array that holds the item's JSON; not a copy. */
    public byte[] array() {
        return bytes;
    }

    /** Where the item begins in {@link #array()}. */
    public int offset() {
        return offset;
    }

    /** Length of the item's JSON in bytes. */
    public int length() {
        return length;
    }

    /** Returns a copy of the item's JSON. */
    public byte[] toByteArray() {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    /** Says the length only: values never reach a log. */
    @Override
    public String toString() {
        return "ItemImage[" + length + " bytes]";
    }
}
