{#- The columns of FOCUS files that sources.yml declares. Files have others, which must not reach a
    name of the models: a vendor may call one provider or commitment_id. -#}
{% macro focus_columns() -%}
    export, bill, billing_period, stated_currency, tag_set_id, source_file, availabilityzone,
    billedcost, billingaccountid, billingaccountname, billingaccounttype, billingcurrency,
    billingperiodend, billingperiodstart, capacityreservationid, capacityreservationstatus,
    chargecategory, chargeclass, chargedescription, chargefrequency, chargeperiodend,
    chargeperiodstart, chargesubcategory, commitmentdiscountcategory, commitmentdiscountid,
    commitmentdiscountname, commitmentdiscountquantity, commitmentdiscountstatus,
    commitmentdiscounttype, commitmentdiscountunit, consumedquantity, consumedunit, contractedcost,
    contractedunitprice, effectivecost, invoiceid, invoiceissuername, listcost, listunitprice,
    pricingcategory, pricingcurrency, pricingcurrencycontractedunitprice,
    pricingcurrencyeffectivecost, pricingcurrencylistunitprice, pricingquantity, pricingunit,
    providername, publishername, regionid, regionname, resourceid, resourcename, resourcetype,
    servicecategory, servicename, servicesubcategory, skuid, skumeter, skupricedetails, skupriceid,
    subaccountid, subaccountname, subaccounttype, tags, serviceprovidername, hostprovidername,
    x_servicecode, x_usagetype, x_operation, x_discounts, x_costcategories, x_resourcegroupname,
    x_resourcetype, x_skudetails, x_skumeterid, x_skumetername, x_skumetercategory,
    x_skumetersubcategory, x_skuofferid, x_skuterm, x_pricingblocksize, x_pricingunitdescription,
    x_cloudbilllistcost, x_cloudbillnetcost, x_cloudbillamortizednetcost, x_cloudbillamortizedcost,
    x_cloudbillcommitmentsharecost, x_cloudbillchargetype, x_cloudbillpricingmodel,
    x_cloudbillcommitmenttype, x_cloudbillservicename, x_cloudbillservicecategory,
    x_cloudbillproviderid, x_cloudbillvmname, x_cloudbillinstancetype, x_cloudbilloperatingsystem,
    x_cloudbillvmhours, x_cloudbillusageunit, x_cloudbillusagequantity, x_cloudbillinkubecostscope,
    x_cloudbilliskubernetes
{%- endmacro %}
