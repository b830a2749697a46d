"""Addresses."""

from django.urls import path

from login import views

urlpatterns = [
    path("code", views.send_code),
    path("login", views.log_in),
    path("sms/status", views.status),
]
