package io.github.dynarestore.integration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Every way to key a table: a partition key of each type, without a sort key or with one of each type. */
enum TableShape {
    S("S", null),
    N("N", null),
    B("B", null),
    SS("S", "S"),
    SN("S", "N"),
    SB("S", "B"),
    NS("N", "S"),
    NN("N", "N"),
    NB("N", "B"),
    BS("B", "S"),
    BN("B", "N"),
    BB("B", "B");

    private final String partition;
    private final String sort;

    TableShape(String partition, String sort) {
        this.partition = partition;
        this.sort = sort;
    }

    CreateTableRequest create(String table) {
        List<AttributeDefinition> attributes = new ArrayList<>();
        List<KeySchemaElement> keys = new ArrayList<>();
        attributes.add(definition("pk", partition));
        keys.add(KeySchemaElement.builder()
                .attributeName("pk")
                .keyType(KeyType.HASH)
                .build());
        if (sort != null) {
            attributes.add(definition("sk", sort));
            keys.add(KeySchemaElement.builder()
                    .attributeName("sk")
                    .keyType(KeyType.RANGE)
                    .build());
        }
        return CreateTableRequest.builder()
                .tableName(table)
                .attributeDefinitions(attributes)
                .keySchema(keys)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .build();
    }

    private static AttributeDefinition definition(String name, String type) {
        return AttributeDefinition.builder()
                .attributeName(name)
                .attributeType(ScalarAttributeType.fromValue(type))
                .build();
    }

    /** The i-th key; different for each i. */
    Map<String, AttributeValue> key(int i, Random random) {
        Map<String, AttributeValue> key = new LinkedHashMap<>();
        if (sort == null) {
            key.put("pk", value(partition, i));
        } else {
            key.put("pk", value(partition, i % 5));
            key.put("sk", value(sort, i / 5));
        }
        return key;
    }

    private static AttributeValue value(String type, int i) {
        return switch (type) {
            case "S" -> AttributeValue.fromS("key-\u00e9\"\\/\u0001-" + i);
            case "N" -> AttributeValue.fromN((i - 7) + (i % 2 == 0 ? "" : ".50"));
            default -> AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {(byte) i, (byte) (i >> 8), -1}));
        };
    }
}
