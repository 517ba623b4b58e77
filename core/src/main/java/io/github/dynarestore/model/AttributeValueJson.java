package io.github.dynarestore.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Attribute values to DynamoDB JSON and back. */
final class AttributeValueJson {

    /** DynamoDB allows attribute names of 64 KB and items of 400 KB, binary among them in base64. */
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(65_536)
                    .maxStringLength(1_000_000)
                    .maxNestingDepth(128)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private AttributeValueJson() {}

    static void write(Map<String, AttributeValue> attributes, OutputStream out) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(out)) {
            writeMap(json, attributes);
        }
    }

    private static void writeMap(JsonGenerator json, Map<String, AttributeValue> attributes) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, AttributeValue> attribute : attributes.entrySet()) {
            json.writeFieldName(attribute.getKey());
            writeValue(json, attribute.getValue());
        }
        json.writeEndObject();
    }

    private static void writeValue(JsonGenerator json, AttributeValue value) throws IOException {
        json.writeStartObject();
        switch (value.type()) {
            case S -> json.writeStringField("S", value.s());
            case N -> json.writeStringField("N", value.n());
            case B -> json.writeBinaryField("B", value.b().asByteArrayUnsafe());
            case SS -> writeStrings(json, "SS", value.ss());
            case NS -> writeStrings(json, "NS", value.ns());
            case BS -> {
                json.writeArrayFieldStart("BS");
                for (SdkBytes member : value.bs()) {
                    json.writeBinary(member.asByteArrayUnsafe());
                }
                json.writeEndArray();
            }
            case M -> {
                json.writeFieldName("M");
                writeMap(json, value.m());
            }
            case L -> {
                json.writeArrayFieldStart("L");
                for (AttributeValue member : value.l()) {
                    writeValue(json, member);
                }
                json.writeEndArray();
            }
            case BOOL -> json.writeBooleanField("BOOL", value.bool());
            case NUL -> json.writeBooleanField("NULL", value.nul());
            case UNKNOWN_TO_SDK_VERSION -> throw new IllegalArgumentException("an attribute value without a type");
        }
        json.writeEndObject();
    }

    private static void writeStrings(JsonGenerator json, String type, List<String> members) throws IOException {
        json.writeArrayFieldStart(type);
        for (String member : members) {
            json.writeString(member);
        }
        json.writeEndArray();
    }

    static Map<String, AttributeValue> read(byte[] bytes, int offset, int length) throws IOException {
        // Of an array with an offset, Jackson reads on behind the end where names are not canonicalized.
        try (JsonParser json = JSON.createParser(new ByteArrayInputStream(bytes, offset, length))) {
            json.nextToken();
            Map<String, AttributeValue> attributes = readMap(json);
            if (json.nextToken() != null) {
                throw new IOException("something follows the item");
            }
            return attributes;
        }
    }

    private static Map<String, AttributeValue> readMap(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT);
        Map<String, AttributeValue> attributes = new LinkedHashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            expect(json, JsonToken.FIELD_NAME);
            String name = json.currentName();
            json.nextToken();
            attributes.put(name, readValue(json));
        }
        return attributes;
    }

    private static AttributeValue readValue(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT);
        json.nextToken();
        expect(json, JsonToken.FIELD_NAME);
        String type = json.currentName();
        json.nextToken();
        AttributeValue value = switch (type) {
            case "S" -> AttributeValue.fromS(string(json));
            case "N" -> AttributeValue.fromN(string(json));
            case "B" -> AttributeValue.fromB(binary(json));
            case "SS" -> AttributeValue.fromSs(strings(json));
            case "NS" -> AttributeValue.fromNs(strings(json));
            case "BS" -> {
                expect(json, JsonToken.START_ARRAY);
                List<SdkBytes> members = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    members.add(binary(json));
                }
                yield AttributeValue.fromBs(members);
            }
            case "M" -> AttributeValue.fromM(readMap(json));
            case "L" -> {
                expect(json, JsonToken.START_ARRAY);
                List<AttributeValue> members = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    members.add(readValue(json));
                }
                yield AttributeValue.fromL(members);
            }
            case "BOOL" -> AttributeValue.fromBool(json.getBooleanValue());
            case "NULL" -> AttributeValue.fromNul(json.getBooleanValue());
            default -> throw new IOException("not a type of DynamoDB");
        };
        json.nextToken();
        expect(json, JsonToken.END_OBJECT);
        return value;
    }

    private static String string(JsonParser json) throws IOException {
        expect(json, JsonToken.VALUE_STRING);
        return json.getText();
    }

    private static SdkBytes binary(JsonParser json) throws IOException {
        expect(json, JsonToken.VALUE_STRING);
        return SdkBytes.fromByteArrayUnsafe(json.getBinaryValue());
    }

    private static List<String> strings(JsonParser json) throws IOException {
        expect(json, JsonToken.START_ARRAY);
        List<String> members = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            members.add(string(json));
        }
        return members;
    }

    private static void expect(JsonParser json, JsonToken token) throws IOException {
        if (json.currentToken() != token) {
            throw new IOException("expected " + token + " at byte "
                    + json.currentTokenLocation().getByteOffset());
        }
    }
}
