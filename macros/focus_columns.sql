{#- The columns of FOCUS files that the models read. Files have others, which must not reach a name
    of the models: a vendor may call one provider or commitment_id. -#}
{% macro focus_columns() -%}
    availabilityzone, bill, billedcost, billing_period, billingaccountid, billingcurrency,
    chargecategory, chargeclass, chargedescription, chargeperiodstart, chargesubcategory,
    commitmentdiscountcategory, commitmentdiscountid, commitmentdiscountname,
    commitmentdiscountquantity,
    commitmentdiscountstatus, commitmentdiscounttype, consumedquantity, consumedunit,
    contractedcost, contractedunitprice, effectivecost, export, invoiceissuername, listcost,
    pricingcategory, pricingquantity, pricingunit, providername, regionid, resourceid,
    resourcename, resourcetype, servicecategory, servicename, serviceprovidername, skuid,
    skumeter, skupricedetails, stated_currency, subaccountid, subaccountname, tag_set_id, tags,
    x_cloudbillamortizedcost, x_cloudbillamortizednetcost, x_cloudbillchargetype,
    x_cloudbillcommitmentsharecost, x_cloudbillcommitmenttype, x_cloudbillinkubecostscope,
    x_cloudbillinstancetype, x_cloudbilliskubernetes, x_cloudbilllistcost, x_cloudbillnetcost,
    x_cloudbilloperatingsystem, x_cloudbillpricingmodel, x_cloudbillproviderid,
    x_cloudbillservicecategory, x_cloudbillservicename, x_cloudbillusagequantity,
    x_cloudbillusageunit, x_cloudbillvmhours, x_cloudbillvmname, x_operation, x_resourcegroupname,
    x_servicecode, x_skudetails, x_skumetercategory, x_skumeterid, x_skumetername,
    x_skumetersubcategory, x_skuofferid, x_skuterm, x_usagetype
{%- endmacro %}
